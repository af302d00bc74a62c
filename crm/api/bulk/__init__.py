"""Many companies or contacts in one call, and jobs for more than a call takes."""

from .calls import BulkCompanies, BulkContacts
from .jobs import CancelJob, CompanyJobs, ContactJobs, JobDetail, JobResults, Jobs

__all__ = [
    "BulkCompanies",
    "BulkContacts",
    "CancelJob",
    "CompanyJobs",
    "ContactJobs",
    "JobDetail",
    "JobResults",
    "Jobs",
]
