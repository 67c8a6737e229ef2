"""The JSON schema of `csvferry.toml`, made from the fields of a feed, for editors."""

from typing import Any

from csvferry.config.feed import Feed, field_options


def configuration_schema() -> dict[str, Any]:
    """The schema of the whole file (JSON Schema 2020-12): `[defaults]` and `[[feeds]]`."""
    feed = Feed.model_json_schema()
    definitions = feed.pop("$defs", {})
    properties = _spelled(feed["properties"])
    table = {"type": "object", "properties": properties, "additionalProperties": False}
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "title": "csvferry.toml",
        "type": "object",
        "properties": {
            "defaults": {**table, "description": "Options of every feed that does not set them."},
            "feeds": {"type": "array", "minItems": 1, "items": {"$ref": "#/$defs/Feed"}},
        },
        "required": ["feeds"],
        "additionalProperties": False,
        "$defs": {**definitions, "Feed": table},
    }


def _spelled(properties: dict[str, Any]) -> dict[str, Any]:
    """Each field with its help, under its name and under the command line's."""
    options, spelled = field_options(), {}
    for name, schema in properties.items():
        kind = {key: value for key, value in schema.items() if key not in ("title", "default")}
        if option := options.get(name):
            kind["description"] = option.help
        for word in (name, name.replace("_", "-")):
            spelled[word] = kind
        if option and (word := option.word(name)) not in spelled:
            spelled[word] = spelled[word.replace("-", "_")] = kind
    return spelled
