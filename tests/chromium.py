"""How tests and benchmarks start Debian's Chromium: without a sandbox, and without the network."""

FLAGS = [
    "--headless",
    "--force-color-profile=srgb",  # whatever screen there is
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
