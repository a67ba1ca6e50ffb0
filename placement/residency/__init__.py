"""Places in the words of law: countries, their parts, and the groups that they belonged to on a day."""
