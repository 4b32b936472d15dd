"""The HTTP face: a versioned JSON API over a home's journals, a live stream, and the page that shows them.

=============== ===========================================================================
``app``         puts the parts together
``reading``     one journal that is followed and read; ``journal_access`` is how it is got at
``other_sessions``   the list of sessions, and those that are not served, for reading
``follower``    folds the journal as it grows, and says when what it knows is not so any more
``workers``     threads: commands, the follower and reads apart
``stream``      WebSocket: snapshot, then changes
``session_routes``, ``record_routes``, ``command_routes``, ``health_routes``   what can be asked and told
``access``      who may talk to it: ``origins``, ``tokens``, ``failed_logins``
``limits``      how much one call may send
``connections`` how many connections, and how long one may stay silent
``security_headers``, ``problems``   what every answer carries; errors as problem+json
``serve``       runs it on an address
=============== ===========================================================================
"""
