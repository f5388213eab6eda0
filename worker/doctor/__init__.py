"""`./livelist doctor`: check everything that Livelist depends on."""
