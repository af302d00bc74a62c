"""Who we know: companies, investors, people, what we did with them, and how well they fit."""

from .activity import Activity
from .attribute import Attribute, CompanyTerm, FactSource, Term
from .census import Census
from .company import Company, CompanyDomain, ExternalId
from .contact import Contact, ContactExternalId, ContactFit, ContactMove, ContactSource, Employer, Employment
from .deal import Deal
from .fit import Fit, FitChange, Override, Score, ScoredProfile
from .idempotency import IdempotentCall
from .integration import Integration, IntegrationKey
from .investor import Investment, Investor
from .job import BulkJob, BulkPart
from .job_title import JobTitle, TitlePersona
from .look import Look
from .money import ExchangeRate
from .operation import Audit, BrokerOutage, ImportRun, Lane, NameRevision, Outbox, Ripple, Rollout
from .opinion import Opinion
from .saved_view import SavedView
from .simulation import Simulation
from .survey import Survey
from .webhook import PersonaChange, WebhookDelivery, WebhookSecret, WebhookSubscription, WebhookTry

__all__ = [
    "Activity",
    "Attribute",
    "Audit",
    "BrokerOutage",
    "BulkJob",
    "BulkPart",
    "Census",
    "Company",
    "CompanyDomain",
    "CompanyTerm",
    "Contact",
    "ContactExternalId",
    "ContactFit",
    "ContactMove",
    "ContactSource",
    "Deal",
    "Employer",
    "Employment",
    "ExchangeRate",
    "ExternalId",
    "FactSource",
    "Fit",
    "FitChange",
    "IdempotentCall",
    "ImportRun",
    "Integration",
    "IntegrationKey",
    "Investment",
    "Investor",
    "JobTitle",
    "Lane",
    "Look",
    "NameRevision",
    "Opinion",
    "Outbox",
    "Override",
    "PersonaChange",
    "Ripple",
    "Rollout",
    "SavedView",
    "Score",
    "ScoredProfile",
    "Simulation",
    "Survey",
    "Term",
    "TitlePersona",
    "WebhookDelivery",
    "WebhookSecret",
    "WebhookSubscription",
    "WebhookTry",
]
