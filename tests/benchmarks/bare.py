"""The addresses of the product, and beside them a bare view that reads a company by its id."""

from django.urls import path
from rest_framework import serializers
from rest_framework.generics import RetrieveAPIView

from config.urls import urlpatterns as own
from crm.models import Company


class BareSerializer(serializers.ModelSerializer[Company]):
    class Meta:
        model = Company
        fields = ["id", "name", "domain"]


class Bare(RetrieveAPIView[Company]):
    """One company by its id, and nothing else."""

    model = Company
    resource = "companies"
    queryset = Company.objects.all()
    serializer_class = BareSerializer
    filter_backends = ()


urlpatterns = [*own, path("api/v1/bare/<int:pk>/", Bare.as_view())]
