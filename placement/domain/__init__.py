"""The nouns: plain immutable facts that know no database, no solver and no network."""
