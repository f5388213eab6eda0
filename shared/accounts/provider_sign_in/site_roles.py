"""Give an account the site role that its groups at the provider map to, at each of its sign-ins."""

from collections.abc import Mapping

from shared import audit
from shared.accounts.account import Account
from shared.accounts.administration import AccountEdit, apply_edit
from shared.contract.shapes import SiteRole
from shared.errors import Conflict
from shared.settings.external_sign_in.providers import Provider
from shared.unit_of_work import UnitOfWork

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
    work: UnitOfWork, provider: Provider, account: Account, claims: Mapping[str, object]
) -> Account:
    """Change the role of the locked account, which may sign in, if its groups map to another.

    Return the account. The last admin stays one.
    """
    role = mapped_role(provider, claims)
    if role is None or account.site_role == role:
        return account
    facts = {"provider": provider.id, "after": role.value}
    try:
        # Its lists need no lock: they show no role.
        account = await apply_edit(work, None, account, AccountEdit(site_role=role))
    except Conflict:
        # Raised before anything is written.
        await audit.record(work, None, "account.last_admin_kept", user_id=account.id, facts=facts)
    else:
        await audit.record(work, None, "account.role_mapped", user_id=account.id, facts=facts)
    return account
