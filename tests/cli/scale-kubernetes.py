"""Check a Kubernetes Job against the published schema and the rules beside it.

usage: scale-kubernetes.py SCHEMA MANIFEST
Prints what is wrong, one line each, and exits with 1; prints the container's
arguments, one a line, if nothing is.
"""
import json
import sys

import jsonschema
import yaml


def strict(schema):
    """Every member has to be known, as with kubectl --validate=strict."""
    for definition in schema["definitions"].values():
        if "properties" in definition:
            definition.setdefault("additionalProperties", False)
    return schema


def rules(job):
    """What the API server checks and the schema cannot say (Kubernetes'
    documentation of Jobs)."""
    spec = job["spec"]
    pod = spec["template"]["spec"]
    names = [c["name"] for c in pod["containers"]]
    volumes = {v["name"] for v in pod["volumes"]}
    indexed = spec.get("completionMode") == "Indexed"
    if job["apiVersion"] != "batch/v1" or job["kind"] != "Job":
        yield "not a batch/v1 Job"
    if len(job["metadata"]["name"]) > 63:
        yield "the name is longer than 63 characters"
    if "podFailurePolicy" in spec and pod.get("restartPolicy") != "Never":
        yield "podFailurePolicy needs restartPolicy Never"
    if "backoffLimitPerIndex" in spec and not indexed:
        yield "backoffLimitPerIndex needs completionMode Indexed"
    if indexed and spec["completions"] > 100000:
        yield "more than 100000 completions"
    for rule in spec["podFailurePolicy"]["rules"]:
        codes = rule.get("onExitCodes")
        if rule["action"] not in ("FailJob", "FailIndex", "Ignore", "Count"):
            yield "unknown action"
        if ("onExitCodes" in rule) == ("onPodConditions" in rule):
            yield "a rule needs exit codes or conditions, and not both"
        if codes and codes["containerName"] not in names:
            yield "a rule about a container that is not there"
        if codes and (codes["values"] != sorted(set(codes["values"])) or 0 in codes["values"]):
            yield "exit codes are not ordered, or one is 0"
    for container in pod["containers"]:
        for mount in container["volumeMounts"]:
            if mount["name"] not in volumes:
                yield "a mount of a volume that is not there"
        for size in container["resources"].get("requests", {}).values():
            if not isinstance(size, str):
                yield "a quantity that is not text"


def main(schema_path, path):
    with open(schema_path, encoding="utf-8") as f:
        schema = strict(json.load(f))
    with open(path, encoding="utf-8") as f:
        job = yaml.safe_load(f)
    validator = jsonschema.Draft4Validator(schema)
    wrong = ["/".join(map(str, e.path)) + ": " + e.message for e in validator.iter_errors(job)]
    wrong = wrong or list(rules(job))
    print("\n".join(wrong or job["spec"]["template"]["spec"]["containers"][0]["args"]))
    return bool(wrong)


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
