"""The JSON Schema of job files, for editors."""

from typing import Any

from batchquant.jobfile.model import Job
from batchquant.jobfile.run_wide import RUN_WIDE, JobFile
from batchquant.jobfile.vary import VARIED


def job_file_schema() -> dict[str, Any]:
    """Build the JSON Schema (draft 2020-12) of a job file, from the pydantic models alone."""
    job = Job.model_json_schema()
    definitions = job.pop("$defs")
    file_keys = JobFile.model_json_schema()["properties"]
    file_keys["state"] = {**file_keys["state"]["anyOf"][0], **file_keys["state"]}
    for key in ("anyOf", "default"):  # None: it is not written
        del file_keys["state"][key]
    shared = {key: schema for key, schema in job["properties"].items() if key != "name"}
    for key in ("reduce", "target"):
        del shared[key]["default"]  # None: it is not written
    shared["target"]["anyOf"].pop()  # null
    definitions["Vary"] = _vary(shared)
    shared["vary"] = {"$ref": "#/$defs/Vary", "description": definitions["Vary"]["description"]}
    entry = {
        **job,
        "properties": {"name": {**job["properties"]["name"]}, **shared},
        "required": ["name"],
    }
    del entry["properties"]["name"]["default"]  # only a file without entries has a nameless job
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "batchquant job file",
        "type": "object",
        "properties": {
            **{key: file_keys[key] for key in sorted(RUN_WIDE)},
            **shared,
            "jobs": {
                "type": "array",
                "items": {"$ref": "#/$defs/Job"},
                "minItems": 1,
                "description": "Several jobs in one file: entries, each with a name of its own,"
                " whose keys stand in place of those above.",
            },
        },
        "anyOf": [
            {"required": ["inputs", "k"]},
            {"required": ["inputs", "palette"]},
            {"required": ["jobs"]},
        ],
        "additionalProperties": False,
        "$defs": {**definitions, "Job": entry},
    }


def _vary(shared: dict[str, Any]) -> dict[str, Any]:
    """Describe a list of values for each key that may be varied, null for its default."""
    unsaid = ("description", "default", "title")
    lists = {
        key: {
            "type": "array",
            "items": {
                "anyOf": [
                    {name: part for name, part in shared[key].items() if name not in unsaid},
                    {"type": "null"},
                ]
            },
            "minItems": 1,
        }
        for key in VARIED
    }
    exclude = {"type": "object", "propertyNames": {"enum": list(VARIED)}}
    return {
        "type": "object",
        "properties": {
            **lists,
            "exclude": {
                "anyOf": [exclude, {"type": "array", "items": exclude}],
                "description": "Combinations to leave out, or parts of them.",
            },
        },
        "additionalProperties": False,
        "description": "Keys with several values each, to compare: every combination is made.",
    }
