"""The Spark engine (the extra `spark`): DataFrames and Arrow functions alone.

Others may use `engine.SparkEngine`, `session`, `contact_folders` and `result_folders`.
"""
