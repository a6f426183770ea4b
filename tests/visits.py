"""A page from the disk in a browser, as tests visit it."""

from axe_playwright_python.sync_playwright import Axe
from patience import slowness
from playwright.sync_api import expect

OPTIONS = {"preload": False}  # axe would fetch style sheets, which no page from the disk may


class Visit:
    """A page in a browser, and everything it complained of."""

    def __init__(self, browser, output, **options):
        self.context = browser.new_context(
            permissions=["clipboard-read", "clipboard-write"], **options
        )
        self.page = self.context.new_page()
        self.page.set_default_timeout(10_000 * slowness())
        expect.set_options(timeout=10_000 * slowness())
        self.complaints = []
        self.page.on("console", lambda message: self.complaints.append(message.text))
        self.page.on("pageerror", lambda error: self.complaints.append(str(error)))
        self.page.on("requestfailed", self._fail)
        self.page.on("request", self._check)
        self.page.goto((output / "index.html").as_uri())
        self.page.wait_for_selector("#cards li")

    def _check(self, request):
        if not request.url.startswith(("file:", "data:")):
            self.complaints.append(f"left the disk: {request.url}")

    def _fail(self, request):
        if request.failure != "net::ERR_ABORTED":  # another picture was wanted before it came
            self.complaints.append(f"{request.failure}: {request.url}")

    def expect_names(self, *names):
        expect(self.page.locator("#cards .name")).to_have_text(names)

    def open(self, name):
        self.page.get_by_role("link", name=name).first.click()
        self.page.wait_for_selector("#viewer[open]")
        return self.page.locator("#viewer")


def violations(page):
    found = Axe().run(page, options=OPTIONS).response["violations"]
    return [(rule["id"], [node["html"] for node in rule["nodes"]]) for rule in found]
