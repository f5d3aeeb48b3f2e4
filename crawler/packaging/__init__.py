"""A site as one package: WACZ."""
