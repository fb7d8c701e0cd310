"""Django REST framework: serializers and views."""

# mypy: ignore-errors

from dataclasses import asdict

from django.urls import path
from rest_framework import serializers
from rest_framework.authentication import BaseAuthentication, get_authorization_header
from rest_framework.exceptions import APIException, AuthenticationFailed
from rest_framework.response import Response
from rest_framework.views import APIView

from benchmarks.peers import queries
from benchmarks.peers.models import Placement


class Bearer(BaseAuthentication):
    """The organisation by the bearer token, as `request.user`."""

    def authenticate(self, request):
        """The organisation, or a refusal."""
        kind, _, token = get_authorization_header(request).decode("latin-1").partition(" ")
        found = queries.organisation_of(token) if kind.lower() == "bearer" else None
        if found is None:
            raise AuthenticationFailed
        return found, None


class Slot(serializers.Serializer):
    """Time at the provider on one weekday."""

    weekday = serializers.IntegerField(min_value=1, max_value=7)
    starts_at = serializers.CharField()
    ends_at = serializers.CharField()


class PlacementCreate(serializers.Serializer):
    """A new placement."""

    provider_id = serializers.UUIDField()
    pupil_id = serializers.UUIDField()
    starts_on = serializers.DateField()
    ends_on = serializers.DateField(required=False)
    timetable = Slot(many=True)


class PlacementShown(serializers.ModelSerializer):
    """One placement; its week, its status and its registration follow from its columns."""

    provider_id = serializers.UUIDField()
    pupil_id = serializers.UUIDField()

    class Meta:
        """Its columns."""

        model = Placement
        fields = queries.FIELDS

    def to_representation(self, row):
        """The columns, and what follows from them."""
        return super().to_representation(row) | queries.shown(row, self.context["me"])


class Refusing(APIView):
    """For bearers of a token; a refusal is an answer."""

    authentication_classes = (Bearer,)

    def handle_exception(self, exc):
        """Its status."""
        if isinstance(exc, queries.Refused):
            answer = APIException()
            answer.status_code = exc.status
            exc = answer
        return super().handle_exception(exc)


class One(Refusing):
    """One placement."""

    def get(self, request, placement_id):
        """Read it."""
        row = queries.one(request.user, placement_id)
        return Response(PlacementShown(row, context={"me": request.user}).data)


class Many(Refusing):
    """Placements."""

    def get(self, request):
        """A page of them."""
        asked = request.query_params
        rows, info = queries.page(
            request.user, asked.get("provider_id"), asked.get("cursor"), int(asked.get("limit", 50))
        )
        data = PlacementShown(rows, many=True, context={"me": request.user}).data
        return Response({"data": data, "page": info})

    def post(self, request):
        """Record one."""
        said = PlacementCreate(data=request.data)
        said.is_valid(raise_exception=True)
        row, alerts = queries.record(request.user, said.validated_data)
        shown = PlacementShown(row, context={"me": request.user}).data
        return Response({**shown, "alerts": [asdict(each) for each in alerts]}, status=201)


class Status(Refusing):
    """Where a provider stands."""

    def get(self, request, provider_id):
        """Today."""
        return Response(queries.status(request.user, provider_id))


urlpatterns = [
    path("v1/placements/<uuid:placement_id>", One.as_view()),
    path("v1/placements", Many.as_view()),
    path("v1/providers/<uuid:provider_id>/registration-status", Status.as_view()),
]
