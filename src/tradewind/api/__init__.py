"""The HTTP face: a versioned JSON API over one journal, a live stream, and the page that shows them.

=============== ===========================================================================
``app``         puts the parts together
``follower``    folds the journal as it grows
``stream``      WebSocket: snapshot, then changes
``session_routes``, ``record_routes``, ``command_routes``   what can be asked and told
``gate``        who may talk to it, and the security headers of every answer
``problems``    errors as problem+json
``serve``       runs it on an address
=============== ===========================================================================
"""
