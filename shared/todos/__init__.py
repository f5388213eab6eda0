"""Todos: commands write them, queries read them, rules decide without I/O, persistence stores."""
