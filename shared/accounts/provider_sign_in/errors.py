"""What goes wrong in a sign-in with a provider, as sentences for the user and facts for the audit."""

from shared.errors import Unauthenticated
from shared.languages.texts import message
from shared.settings.external_sign_in.providers import Provider

# RFC 6749, section 4.1.2.1, and OpenID Connect Core, section 3.1.2.6: what a user can act on.
_BY_USER = frozenset(
    {"access_denied", "login_required", "consent_required", "interaction_required"}
)


class ProviderRefusal(Unauthenticated):
    """`fault` says for the operator what was wrong, and quotes nothing that was received."""

    def __init__(self, detail: str, *, code: str, fault: str) -> None:
        super().__init__(detail, code=code)
        self.fault = fault


def state_invalid(fault: str) -> ProviderRefusal:
    return ProviderRefusal(
        "This sign-in was begun in another browser, is used already, or took longer than ten minutes. "
        "Begin again.",
        code="provider_state_invalid",
        fault=fault,
    )


def provider_refused(provider: Provider, error: str) -> ProviderRefusal:
    if error in _BY_USER:
        return ProviderRefusal(
            message(
                "{provider} did not sign you in, perhaps because you cancelled. Try again.",
                provider=provider.name,
            ),
            code="provider_refused",
            fault=error,
        )
    return ProviderRefusal(
        message(
            "{provider} refused the sign-in. If it happens again, tell the operator of this site.",
            provider=provider.name,
        ),
        code="provider_refused",
        fault="an error that is not about the user",
    )


def answer_invalid(provider: Provider, fault: str) -> ProviderRefusal:
    return ProviderRefusal(
        message(
            "The answer of {provider} cannot be trusted, so nobody was signed in. Try again. "
            "If it happens again, tell the operator of this site.",
            provider=provider.name,
        ),
        code="provider_answer_invalid",
        fault=fault,
    )
