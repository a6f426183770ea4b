"""How large a picture is drawn that is only looked at: longest sides, in pixels."""

CARD, THUMBNAIL, PREVIEW = 160, 512, 2048
SMALL = 512  # up to which a preview is lossless: a PNG has 0.1 to 0.6 MB then
