"""Running jobs: find due rows, execute them under a lease, record their outcome."""
