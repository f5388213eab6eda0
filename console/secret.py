"""`./livelist secret`: prints 256 random bits as text, for SECRET_KEY and passwords."""

from shared.ids import new_secret


def run(arguments: list[str]) -> int:
    """Returns 0; the secret is on standard output, and nowhere else."""
    if arguments:
        print("./livelist secret takes no options: it prints a new random text each time.")
        return 0 if arguments[0] in ("-h", "--help") else 2
    print(new_secret())
    return 0
