"""Words of a picture → text of a PDF that is found and copied, and not seen."""

import zlib
from collections.abc import Iterable, Sequence

import pikepdf

from batchquant.images.draw.canvas import Text
from batchquant.images.draw.fonts import as_seen, subset

INVISIBLE = 3  # text rendering mode
LETTER = 0.6  # width of each beside its size, before it is stretched
BATCH = 100  # letters that one list of a character map may have
CHARACTER_MAP = """/CIDInit /ProcSet findresource begin
12 dict begin
begincmap
/CMapName /Letters def
/CMapType 2 def
1 begincodespacerange
<0000> <FFFF>
endcodespacerange
{lists}
endcmap
CMapName currentdict /CMap defineresource pop
end
end"""


class HiddenFont:
    """A font of a PDF for some texts, which are written and not seen.

    It has no shapes, but says of each code which letter it stands for: so it is of a few hundred
    bytes, whatever the script.

    Parameters
    ----------
    pdf : pikepdf.Pdf
        Which has it.
    texts : iterable of str
        All that is to be written.

    References
    ----------
    ISO 32000-1:2008, 9.7 (composite fonts), 9.10.3 (ToUnicode).
    """

    def __init__(self, pdf: pikepdf.Pdf, texts: Iterable[str]) -> None:
        letters = sorted({letter for text in texts for letter in as_seen(text)})
        self._codes = {letter: code for code, letter in enumerate(letters, start=1)}
        self._font = pdf.make_indirect(_font(pdf, letters))

    def write(
        self, page: pikepdf.Page, name: str, texts: Sequence[Text], height: float, scale: float = 1
    ) -> str:
        """Give a page the font under a name, and return the content that writes texts.

        Letters of one width, blanks too, are stretched to the width of the words. So lines end
        where they are seen to end, and blanks are found: a gap under 0.4 of the font's size between
        single letters, as in "K 3", is to readers such as Poppler a word that is spaced out. They
        stand as they are seen, from left to right, and readers bring Arabic into its order.

        Texts are told in pixels of a picture, of which each has `scale` points, and which is
        `height` points high.
        """
        page.add_resource(self._font, pikepdf.Name.Font, pikepdf.Name(name))
        lines = [(text, as_seen(text.text)) for text in texts if text.text]
        shown = [
            f"{name} {text.size * scale:.2f} Tf"
            f" {100 * text.width / (LETTER * text.size * len(line)):.2f} Tz"
            f" 1 0 0 1 {text.x * scale:.2f} {height - text.y * scale:.2f} Tm"
            f" <{''.join(f'{self._codes[letter]:04x}' for letter in line)}> Tj"
            for text, line in lines
        ]
        return "\n".join(["BT", f"{INVISIBLE} Tr", *shown, "ET"])


def _font(pdf: pikepdf.Pdf, letters: Sequence[str]) -> pikepdf.Object:
    """Make a font whose codes, from 1, stand for letters."""
    empty = pikepdf.Stream(pdf, zlib.compress(subset(0, {0})), Filter=pikepdf.Name.FlateDecode)
    no_shapes = zlib.compress(bytes(2 * (len(letters) + 1)))
    name = pikepdf.Name("/BATCHQ+Hidden")
    width = round(1000 * LETTER)
    descriptor = pikepdf.Dictionary(
        Type=pikepdf.Name.FontDescriptor,
        FontName=name,
        Flags=4,  # not those of Latin alone
        FontBBox=[0, -300, width, 1100],
        ItalicAngle=0,
        Ascent=1069,
        Descent=-293,
        CapHeight=714,
        StemV=80,
        FontFile2=pdf.make_indirect(empty),
    )
    descendant = pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.CIDFontType2,
        BaseFont=name,
        CIDSystemInfo=pikepdf.Dictionary(
            Registry=pikepdf.String("Adobe"), Ordering=pikepdf.String("Identity"), Supplement=0
        ),
        DW=width,
        CIDToGIDMap=pdf.make_indirect(
            pikepdf.Stream(pdf, no_shapes, Filter=pikepdf.Name.FlateDecode)
        ),
        FontDescriptor=pdf.make_indirect(descriptor),
    )
    told = zlib.compress(_character_map(letters).encode("ascii"))
    return pikepdf.Dictionary(
        Type=pikepdf.Name.Font,
        Subtype=pikepdf.Name.Type0,
        BaseFont=name,
        Encoding=pikepdf.Name("/Identity-H"),
        DescendantFonts=[pdf.make_indirect(descendant)],
        ToUnicode=pdf.make_indirect(pikepdf.Stream(pdf, told, Filter=pikepdf.Name.FlateDecode)),
    )


def _character_map(letters: Sequence[str]) -> str:
    """Say which letter each code stands for."""
    lists = []
    for begin in range(0, len(letters), BATCH):
        some = letters[begin : begin + BATCH]
        entries = [
            f"<{code:04x}> <{letter.encode('utf-16-be', 'replace').hex()}>"
            for code, letter in enumerate(some, start=begin + 1)
        ]
        lists.append("\n".join([f"{len(some)} beginbfchar", *entries, "endbfchar"]))
    return CHARACTER_MAP.format(lists="\n".join(lists))
