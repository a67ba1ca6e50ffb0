"""A file of policies is read whole or refused with all its flaws, each with line, column and what would be right."""
