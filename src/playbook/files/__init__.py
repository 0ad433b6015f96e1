"""Files as people keep them: text, workbooks, Parquet and frames become sheets of raw cells, with where each stands."""
