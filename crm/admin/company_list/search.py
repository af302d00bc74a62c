"""Finding accounts in the list: their people too, for who may see people."""

from django.db.models import QuerySet
from django.http import HttpRequest

from crm.admin.navigation import may_view
from crm.models import Company
from crm.narrowing.search import search_companies


def search(request: HttpRequest, companies: QuerySet[Company], text: str) -> QuerySet[Company]:
    """Those of the companies that every word is found in."""
    return search_companies(companies, text, people=may_view(request, "crm.contact"))
