# Run what a pipeline of samples/ci runs, in the current folder, as its engine
# would: usage: pipeline.py FILE SRV; SRV stands for /srv. Ends with the status of
# the step that failed first.
import os
import re
import subprocess
import sys

import yaml

path, srv = sys.argv[1:]
with open(path, encoding="utf-8") as f:
    text = f.read()
BASH = ["bash", "--noprofile", "--norc", "-eo", "pipefail", "-c"]


def known(what, given, *names):
    """A key that the engine would not know is an error."""
    for name in given:
        if name not in names:
            sys.exit("%s: %s: unknown key %r" % (path, what, name))


def github():
    """(environment, [(run even after a failure, shell, script)])"""
    flow = yaml.safe_load(text)
    # YAML 1.1, and PyYAML, read the key on as true.
    known("workflow", flow, "name", True, "permissions", "jobs")
    (job,) = flow["jobs"].values()
    known("job", job, "runs-on", "container", "env", "defaults", "steps")
    assert job["defaults"]["run"]["shell"] == "bash"
    steps = []
    for step in job["steps"]:
        known("step", step, "name", "run", "uses", "with", "if")
        if ("run" in step) == ("uses" in step):
            sys.exit("%s: a step has either run or uses: %r" % (path, step))
        if "run" in step:
            steps.append((step.get("if") == "always()", BASH, step["run"]))
    return job["env"], steps


def gitlab():
    (job,) = yaml.safe_load(text).values()
    known("job", job, "image", "variables", "script", "after_script", "artifacts")
    lines = job["script"] + job["after_script"]
    if not all(isinstance(line, str) for line in lines):
        sys.exit("%s: a line of a script is not text" % path)
    return job["variables"], [(False, BASH, "\n".join(job["script"])),
                              (True, BASH, "\n".join(job["after_script"]))]


def jenkins():
    # No parser of Groovy is at hand: the parts that are used here, and braces.
    token = re.compile(r"'''(.*?)'''|'([^'\n]*)'|//[^\n]*|([{}])", re.S)
    depth = 0
    for found in token.finditer(text):
        depth += {"{": 1, "}": -1}.get(found.group(3), 0)
        assert depth >= 0, "a brace too many"
    assert depth == 0, "a brace is missing"
    block = re.search(r"environment \{(.*?)\}", text, re.S).group(1)
    environment = dict(re.findall(r"(\w+) = '([^']*)'", block))
    # Groovy takes a backslash and the end of the line out.
    scripts = [(long or short).replace("\\\n", "")
               for long, short in re.findall(r"\bsh (?:'''(.*?)'''|'([^'\n]*)')", text, re.S)]
    assert len(scripts) == len(re.findall(r"\bsh\b", text)), "an sh that was not found"
    return environment, [(False, ["sh", "-xec"], script) for script in scripts]


def main():
    engine = {"github-actions.yml": github, "gitlab-ci.yml": gitlab, "Jenkinsfile": jenkins}
    environment, steps = engine[os.path.basename(path)]()
    assert steps, "nothing to run"
    for name, value in environment.items():
        os.environ[name] = re.sub("^/srv", lambda _: srv, value)
    status = 0
    for always, shell, script in steps:
        if status and not always:
            continue
        code = subprocess.run([*shell, script], check=False, stdin=subprocess.DEVNULL).returncode
        status = status or code
    sys.exit(status)


main()
