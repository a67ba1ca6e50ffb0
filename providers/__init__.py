"""One cloud or one kind of price list a module, each found through the entry points `placement.providers`."""
