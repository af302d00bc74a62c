"""The rule language: documents, conditions, cells, and what they mean. No models, no queries, no Django."""
