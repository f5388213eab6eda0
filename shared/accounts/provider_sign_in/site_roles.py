"""Give an account the site role that its groups at the provider map to, at each of its sign-ins."""

from collections.abc import Mapping

from shared import audit
from shared.accounts.account import find_account
from shared.accounts.administration import AccountEdit, apply_edit
from shared.accounts.public_profile import lock_account_with_lists
from shared.contract.shapes import SiteRole
from shared.errors import Conflict
from shared.ids import UserId
from shared.resources import Resources
from shared.settings.external_sign_in.providers import Provider

_RANKS = (SiteRole.USER, SiteRole.MODERATOR, SiteRole.ADMIN)


def mapped_role(provider: Provider, claims: Mapping[str, object]) -> SiteRole | None:
    """Return the highest role of the user's groups; None if the provider decides on no roles. Pure.

    A user without groups, or without the claim, is an ordinary user: who left the group of the
    administrators must not stay one.
    """
    if not provider.site_roles:
        return None
    groups = claims.get(provider.groups_claim)
    named = groups if isinstance(groups, list) else [groups]
    roles = [SiteRole(role) for group, role in provider.site_roles if group in named]
    return max(roles, key=_RANKS.index, default=SiteRole.USER)


async def apply_site_role(
    resources: Resources, provider: Provider, user_id: UserId, claims: Mapping[str, object]
) -> None:
    """Change the role of an account if its groups map to another. The last admin stays one."""
    role = mapped_role(provider, claims)
    if role is None:
        return
    async with resources.single_read() as read:
        account = await find_account(read, user_id)
    if account is None or account.site_role == role:
        return
    async with resources.begin() as work:
        account = await lock_account_with_lists(work, user_id)
        facts = {"provider": provider.id, "after": role.value}
        try:
            await apply_edit(work, None, account, AccountEdit(site_role=role))
        except Conflict:
            # Raised before anything is written.
            await audit.record(work, None, "account.last_admin_kept", user_id=user_id, facts=facts)
        else:
            await audit.record(work, None, "account.role_mapped", user_id=user_id, facts=facts)
