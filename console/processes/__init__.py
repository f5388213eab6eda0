"""The child processes of `./livelist up`: broker, API and worker, started and supervised."""
