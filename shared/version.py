"""The version of Livelist. No imports: `./livelist --version` prints it before anything is installed."""

VERSION = "0.1.0"
