"""One module a shape of file; :data:`~tradewind.data.importing.layout.SHAPES` imports all on first use."""
