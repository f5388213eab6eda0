"""Tests of shared/database on real databases: statements, transactions, pools and errors."""
