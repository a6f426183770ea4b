"""``python -m batchquant``, and what the command ``batchquant`` starts."""

from batchquant.cli import main

if __name__ == "__main__":
    main()
