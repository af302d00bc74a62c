"""Addresses of the editor, below those of profiles and of rulesets."""

from django.contrib.admin import AdminSite
from django.urls import URLPattern, path

from . import case, check, component, counting, criterion, facts, head, lists, people, review, step, text


def profile_urls(site: AdminSite) -> list[URLPattern]:
    """Those below profiles."""
    return [
        path("new/", site.admin_view(head.head_page), name="personas_profile_new"),
        path("condition/", site.admin_view(check.check), name="personas_condition"),
        path("condition/counts/", site.admin_view(counting.condition_counts), name="personas_condition_counts"),
        path("<int:profile_id>/counts/", site.admin_view(counting.profile_counts), name="personas_profile_counts"),
        path("step/", site.admin_view(step.step), name="personas_step"),
        path("undo/", site.admin_view(step.undo), name="personas_undo"),
        path("redo/", site.admin_view(step.redo), name="personas_redo"),
        path("text/", site.admin_view(text.text_page), name="personas_draft_text"),
        path("<int:profile_id>/head/", site.admin_view(head.head_page), name="personas_head"),
        path(
            "<int:profile_id>/criterion/new/", site.admin_view(criterion.criterion_page), name="personas_criterion_new"
        ),
        path(
            "<int:profile_id>/criterion/<int:criterion_id>/",
            site.admin_view(criterion.criterion_page),
            name="personas_criterion",
        ),
        path(
            "<int:profile_id>/component/new/", site.admin_view(component.component_page), name="personas_component_new"
        ),
        path(
            "<int:profile_id>/component/<int:component_id>/",
            site.admin_view(component.component_page),
            name="personas_component",
        ),
    ]


def ruleset_urls(site: AdminSite) -> list[URLPattern]:
    """Those below rulesets."""
    return [
        path("draft/", site.admin_view(review.draft_page), name="personas_draft"),
        path("draft/publish/", site.admin_view(review.publish_page), name="personas_publish"),
        path("draft/start-over/", site.admin_view(review.start_over), name="personas_start_over"),
        path("draft/case/try/", site.admin_view(case.try_case), name="personas_case_try"),
        path("draft/case/new/", site.admin_view(case.case_page), name="personas_case_new"),
        path("draft/case/<int:case_id>/", site.admin_view(case.case_page), name="personas_case"),
        path("roll-back/", site.admin_view(review.roll_back_page), name="personas_roll_back"),
    ]


def list_urls(site: AdminSite) -> list[URLPattern]:
    """Those below lists."""
    return [
        path("new/", site.admin_view(lists.list_head_page), name="personas_list_new"),
        path("<int:list_id>/head/", site.admin_view(lists.list_head_page), name="personas_list_head"),
        path("<int:list_id>/entry/", site.admin_view(lists.entry), name="personas_list_entry"),
        path("<int:list_id>/many/", site.admin_view(lists.many_page), name="personas_list_many"),
        path("<int:list_id>/remove/", site.admin_view(lists.remove_list), name="personas_list_remove"),
    ]


def fact_urls(site: AdminSite) -> list[URLPattern]:
    """Those below facts."""
    return [
        path("new/", site.admin_view(facts.fact_page), name="personas_fact_new"),
        path("<int:fact_id>/edit/", site.admin_view(facts.fact_page), name="personas_fact"),
    ]


def persona_urls(site: AdminSite) -> list[URLPattern]:
    """Those below personas."""
    return [
        path("new/", site.admin_view(people.persona_page), name="personas_persona_new"),
        path("<int:persona_id>/edit/", site.admin_view(people.persona_page), name="personas_persona_edit"),
        path("new/moves/", site.admin_view(people.persona_moves), name="personas_persona_new_moves"),
        path("<int:persona_id>/moves/", site.admin_view(people.persona_moves), name="personas_persona_moves"),
        path("draft/moves/", site.admin_view(people.draft_moves), name="personas_draft_moves"),
    ]
