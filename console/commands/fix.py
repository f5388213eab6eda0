"""`./livelist fix`: format the code and correct the lint mistakes that the tools can correct."""

from console.commands.check import STEPS, run_step, summarize


def run(arguments: list[str]) -> int:
    """Return 0 if nothing is left to correct by hand, 1 if a tool reports more, 2 for options."""
    if arguments:
        print("./livelist fix takes no options; it rewrites files in place.")
        return 0 if arguments[0] in ("-h", "--help") else 2
    return summarize("fix", [run_step(step.name, step.fix) for step in STEPS if step.fix])
