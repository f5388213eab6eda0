"""`./livelist secret`: prints a new secret as text: for SECRET_KEY and passwords, or for pushes."""

from shared.ids import new_p256_key, new_secret

_USAGE = "./livelist secret prints 256 random bits; with --vapid a key for VAPID_PRIVATE_KEY."


def run(arguments: list[str]) -> int:
    """Returns 0; the secret is on standard output, and nowhere else."""
    if arguments == ["--vapid"]:
        print(new_p256_key())
    elif arguments:
        print(_USAGE)
        return 0 if arguments[0] in ("-h", "--help") else 2
    else:
        print(new_secret())
    return 0
