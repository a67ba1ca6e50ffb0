"""A price sheet is a folder of CSV files; each row is read and held against the others, or refused."""
