"""Makes the two models that the plugin carries: `trident-mini` and `trident-mini-reranker`."""
