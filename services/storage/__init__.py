"""Files that outlive a request: issued PDFs, logos, received media. One port for a local folder, S3 and GCS.

A key starts with the tenant (``org/<id>/…``, C24) and is kept in the store under a hash of it, so that one prefix
isolates an organization. While an object store is down files wait in a local folder and are moved back (R272).
"""
