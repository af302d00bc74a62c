"""The addresses of the API, version 1."""

from django.urls import path

from .activities import Activities, ActivityDetail
from .bulk import (
    BulkCompanies,
    BulkContacts,
    CancelJob,
    CompanyJobs,
    ContactJobs,
    JobDetail,
    JobResults,
    Jobs,
)
from .caller import Caller
from .companies import Companies, CompanyDetail
from .contacts import ContactDetail, Contacts
from .deals import DealDetail, Deals
from .evaluating import Evaluation
from .fit import CompanyFit, CompanyQuestions, ContactFitView, ContactQuestions
from .fit_changes import CompanyFitChanges, FitChangeDetail, FitChanges
from .investors import InvestorDetail, Investors
from .lookup import Lookup
from .rules import (
    Activate,
    Entries,
    EntryDetail,
    ListDetail,
    Lists,
    PersonaDetail,
    Personas,
    ProfileDetail,
    Profiles,
    RulesetChanges,
    RulesetDetail,
    Rulesets,
    RulesetText,
)
from .schema.pages import docs, schema
from .scores import Scores
from .webhooks import (
    Deliveries,
    DeliveryDetail,
    Replay,
    ReplayOne,
    WebhookDetail,
    Webhooks,
    WebhookSecretView,
    WebhookTest,
)
from .worklist import Worklist

api = [
    path("schema/", schema, name="api_schema"),
    path("docs/", docs, name="api_docs"),
    path("me/", Caller.as_view(), name="api_me"),
    path("companies/", Companies.as_view(), name="api_companies"),
    path("companies/<int:pk>/", CompanyDetail.as_view(), name="api_company"),
    path("companies/<int:pk>/fit/", CompanyFit.as_view(), name="api_company_fit"),
    path("companies/<int:pk>/questions/", CompanyQuestions.as_view(), name="api_company_questions"),
    path("contacts/", Contacts.as_view(), name="api_contacts"),
    path("contacts/<int:pk>/", ContactDetail.as_view(), name="api_contact"),
    path("contacts/<int:pk>/fit/", ContactFitView.as_view(), name="api_contact_fit"),
    path("contacts/<int:pk>/questions/", ContactQuestions.as_view(), name="api_contact_questions"),
    path("worklist/", Worklist.as_view(), name="api_worklist"),
    path("evaluate/", Evaluation.as_view(), name="api_evaluate"),
    path("investors/", Investors.as_view(), name="api_investors"),
    path("investors/<int:pk>/", InvestorDetail.as_view(), name="api_investor"),
    path("activities/", Activities.as_view(), name="api_activities"),
    path("activities/<int:pk>/", ActivityDetail.as_view(), name="api_activity"),
    path("deals/", Deals.as_view(), name="api_deals"),
    path("deals/<int:pk>/", DealDetail.as_view(), name="api_deal"),
    path("scores/", Scores.as_view(), name="api_scores"),
    path("fit-changes/", FitChanges.as_view(), name="api_fit_changes"),
    path("fit-changes/<int:pk>/", FitChangeDetail.as_view(), name="api_fit_change"),
    path("companies/<int:company>/fit-changes/", CompanyFitChanges.as_view(), name="api_company_fit_changes"),
    path("personas/", Personas.as_view(), name="api_personas"),
    path("personas/<slug:key>/", PersonaDetail.as_view(), name="api_persona"),
    path("profiles/", Profiles.as_view(), name="api_profiles"),
    path("profiles/<slug:key>/", ProfileDetail.as_view(), name="api_profile"),
    path("lists/", Lists.as_view(), name="api_lists"),
    path("lists/<slug:key>/", ListDetail.as_view(), name="api_list"),
    path("lists/<slug:key>/entries/", Entries.as_view(), name="api_list_entries"),
    path("lists/<slug:key>/entries/<int:pk>/", EntryDetail.as_view(), name="api_list_entry"),
    path("rulesets/", Rulesets.as_view(), name="api_rulesets"),
    path("rulesets/<slug:number>/", RulesetDetail.as_view(), name="api_ruleset"),
    path("rulesets/<slug:number>/text/", RulesetText.as_view(), name="api_ruleset_text"),
    path("rulesets/<slug:number>/changes/", RulesetChanges.as_view(), name="api_ruleset_changes"),
    path("rulesets/<slug:number>/activate/", Activate.as_view(), name="api_ruleset_activate"),
    path("companies/bulk/", BulkCompanies.as_view(), name="api_companies_bulk"),
    path("contacts/bulk/", BulkContacts.as_view(), name="api_contacts_bulk"),
    path("companies/jobs/", CompanyJobs.as_view(), name="api_companies_jobs"),
    path("contacts/jobs/", ContactJobs.as_view(), name="api_contacts_jobs"),
    path("jobs/", Jobs.as_view(), name="api_jobs"),
    path("jobs/<int:pk>/", JobDetail.as_view(), name="api_job"),
    path("jobs/<int:pk>/cancel/", CancelJob.as_view(), name="api_job_cancel"),
    path("jobs/<int:pk>/results/", JobResults.as_view(), name="api_job_results"),
    path("lookup/", Lookup.as_view(), name="api_lookup"),
    path("webhooks/", Webhooks.as_view(), name="api_webhooks"),
    path("webhooks/<int:pk>/", WebhookDetail.as_view(), name="api_webhook"),
    path("webhooks/<int:pk>/secret/", WebhookSecretView.as_view(), name="api_webhook_secret"),
    path("webhooks/<int:pk>/test/", WebhookTest.as_view(), name="api_webhook_test"),
    path("webhooks/<int:webhook>/deliveries/", Deliveries.as_view(), name="api_webhook_deliveries"),
    path("webhooks/<int:pk>/replay/", Replay.as_view(), name="api_webhook_replay"),
    path("webhooks/deliveries/<int:pk>/", DeliveryDetail.as_view(), name="api_webhook_delivery"),
    path("webhooks/deliveries/<int:pk>/replay/", ReplayOne.as_view(), name="api_webhook_delivery_replay"),
]
