"""The product's tables, mapped by Django."""

# mypy: ignore-errors

from uuid import uuid4  # noqa: TID251 - not the product

from django.contrib.postgres.fields import ArrayField
from django.db import models
from django.utils.timezone import now


def text(**options):
    """A text column."""
    return models.TextField(null=True, **options)


def reference(to, column, related="+"):
    """A foreign key on the product's column of another name than Django's own."""
    return models.ForeignKey(to, models.DO_NOTHING, db_column=column, related_name=related)


class Row(models.Model):
    """What every table has."""

    id = models.UUIDField(primary_key=True, default=uuid4)
    created_at = models.DateTimeField(default=now)
    updated_at = models.DateTimeField(default=now)
    version = models.IntegerField(default=1)

    class Meta:
        """Another's tables."""

        abstract = True


class Organisation(Row):
    """Whoever commissions, or provides."""

    kind = text()
    la_code = text()
    threshold_policy = text()
    rulesets = ArrayField(models.TextField())

    class Meta:
        """Another's table."""

        managed = False
        db_table = "organisations"


class Membership(Row):
    """Who may speak for an organisation."""

    organisation = reference(Organisation, "organisation_id")
    issuer = text()
    subject = text()
    grade = text()
    revoked_at = models.DateTimeField(null=True)

    class Meta:
        """Another's table."""

        managed = False
        db_table = "memberships"


class Provider(Row):
    """An alternative provider."""

    name = text()
    registration_status = text()

    class Meta:
        """Another's table."""

        managed = False
        db_table = "providers"


class Declaration(models.Model):
    """What a provider says of pupils who are not in the service."""

    id = models.UUIDField(primary_key=True)
    provider = reference(Provider, "provider_id", "told")
    declared_on = models.DateField()
    stale_from_on = models.DateField()
    groups = models.JSONField()

    class Meta:
        """Another's table."""

        managed = False
        db_table = "declarations"


class Pupil(Row):
    """One organisation's record of a child."""

    owner_id = models.UUIDField()
    child_id = models.UUIDField()
    born_on = models.DateField(null=True)
    sen_provision = text()
    characteristics = models.JSONField()
    merged_into_id = models.UUIDField(null=True)
    shared_with_ids = ArrayField(models.UUIDField())

    class Meta:
        """Another's table."""

        managed = False
        db_table = "pupils"


class Placement(Row):
    """One child's placement with one provider."""

    provider = reference(Provider, "provider_id")
    site_id = models.UUIDField(null=True)
    pupil = reference(Pupil, "pupil_id", "placements")
    pupil_owner_id = models.UUIDField()
    commissioner_id = models.UUIDField()
    home_school_id = models.UUIDField(null=True)
    home_la_code = text()
    shared_with_ids = ArrayField(models.UUIDField())
    source = text()
    external_id = text()
    status = text()
    starts_on = models.DateField()
    ends_on = models.DateField(null=True)
    arrangements = models.JSONField()
    weekly_minutes = models.IntegerField(null=True)
    days_per_week = models.FloatField(null=True)
    sessions_per_week = models.IntegerField(null=True)
    hours_basis = text()
    sole_provision = models.BooleanField(null=True)
    main_responsibility = models.BooleanField(null=True)
    placement_reason = text()
    attendance_pattern = text()
    sen_provision_entry = text()
    sen_provision_leaving = text()
    ap_setting_type = text()
    goal = text()
    end_reason = text()
    registration = models.JSONField(null=True)

    class Meta:
        """Another's table."""

        managed = False
        db_table = "placements"
