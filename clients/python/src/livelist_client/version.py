"""The version of this package, which pyproject.toml says too."""

VERSION = "0.1.0"
