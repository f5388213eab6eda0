"""The domain, in layers: a module imports only from layers below its own.

docs/architecture.md describes the layers; pyproject.toml lists them for import-linter. No module of
shared/ imports a web framework or an entry point. Only jobs/arq_notifier.py imports arq.
"""
