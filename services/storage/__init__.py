"""Files that outlive a request: issued PDFs, logos, received media. One key space for a local folder, S3 and GCS.

Every key starts with the tenant, so that one prefix isolates an organization and erases it in one go (C24).
"""
