"""``batchquant schema``."""

import click


@click.command("schema")
def command() -> None:
    """Print the JSON Schema of job files, for editors.

    With it an editor completes keys and marks mistakes while you type: put
    `# yaml-language-server: $schema=batchquant.schema.json` into the first line of a job file.

    \b
    Example:
      batchquant schema > batchquant.schema.json
    """
    import json

    from batchquant.jobfile import job_file_schema

    click.echo(json.dumps(job_file_schema(), indent=2))
