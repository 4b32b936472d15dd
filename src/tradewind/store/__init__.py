"""Atomic partitioned tables.

============= ============================================================================
``tables``    what a store does: upsert, read, list, check
``parquet``   such a store in files
``bars``      bars as one such table, back exactly as they went in
``merge``     old and new rows by key, newest wins
``files``     whole files: written at once, named by their hash, checked when read
``disk``      the steps that a write to disk is made of
``names``     any text as a folder name
``export``    CSV and Parquet for use elsewhere
``hdf5``      HDF5 for use elsewhere
============= ============================================================================
"""
