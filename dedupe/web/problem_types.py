"""The types of problems over HTTP: what each says, and what to do. docs/reference/problems.md is made from
this list, and clients go by the type, never by the words of `detail`."""

from __future__ import annotations

from dedupe.web.problem_type import problem_type

NOT_KNOWN = problem_type(
    404,
    "not-known",
    "What is named isn't known",
    "an id or a name that was never given out, or isn't there any more",
    "look it up again; `detail` names the kind of thing",
)
VALUE_UNREADABLE = problem_type(
    404,
    "value-unreadable",
    "The value can be no email or phone",
    "what was asked for can't be read as an email address or a phone number",
    "give a whole address; a phone with its country code, or with `region`",
)
EVIDENCE_OUTDATED = problem_type(
    409,
    "evidence-outdated",
    "What the decider saw has changed",
    "source contacts changed, came or went since `seen` was given out",
    "read `news`, or the candidate or the preview again, and decide by that",
)
OPINIONS_DIFFER = problem_type(
    409,
    "opinions-differ",
    "Another reviewer thinks otherwise",
    "somebody gave another opinion on the question; the verdict is kept as an opinion, not as a decision",
    "look at `news.opinions`, and decide with `despite_opinions` where it stays so",
)
NO_LONGER_SERVED = problem_type(
    409,
    "golden-contact-not-served",
    "The golden contact is served no longer",
    "an act names a golden id that was merged, split or retired",
    "act on the ids that `detail` names",
)
DECISION_CONTRADICTS = problem_type(
    409,
    "decision-contradicts",
    "A live decision says otherwise",
    "decisions say the opposite, or rest on the run to be taken back; `path` holds their ids, in order",
    "look at them, and revoke the one that is wrong; before a rollback, all of them",
)
ALREADY_ANSWERED = problem_type(
    409,
    "already-answered",
    "Somebody has answered",
    "the review candidate was decided before",
    "take the next one; `detail` names the decision",
)
ALREADY_REVOKED = problem_type(
    409,
    "already-revoked",
    "It was revoked before",
    "the decision, or every one of the batch, is revoked already",
    "nothing is left to do",
)
NOTHING_TO_DECIDE = problem_type(
    409,
    "nothing-to-decide",
    "The act would change nothing, or leave nobody",
    "a split of all source contacts, a move to where they are, a confirmation of one; no link is like it",
    "name other source contacts",
)
VALUE_NOT_OFFERED = problem_type(
    409,
    "value-not-offered",
    "No source contact offers that value",
    "a pin of a value that no member of the golden contact has",
    "pin one of the values that its members offer",
)
TOO_MANY_CONCERNED = problem_type(
    409,
    "too-many-concerned",
    "It concerns too many source contacts at once",
    "so many hold the value, or are like the wrong link, that they can't be decided at once",
    "say that the value is shared, or name fewer",
)
DECISION_REFUSED = problem_type(
    409,
    "decision-refused",
    "It can't be decided so",
    "another decision must be revoked first, as `detail` says",
    "do that, and decide again",
)
ROLLBACK_REFUSED = problem_type(
    409,
    "rollback-refused",
    "The run can't be taken back",
    "it is no night or live run, changed nothing, isn't published, or what was before it is kept no longer",
    "do what `detail` says; else put right by hand what is wrong",
)
ALREADY_ROLLED_BACK = problem_type(
    409,
    "already-rolled-back",
    "The run was taken back before",
    "the run was rolled back already",
    "nothing is left to do",
)
RUN_OVERTAKEN = problem_type(
    409,
    "run-overtaken",
    "Later runs changed what it had changed",
    "what the run left is served no longer: later runs or acts changed it",
    "take those back first that `detail` names, the newest first",
)
KEY_REUSED = problem_type(
    409,
    "idempotency-key-reused",
    "The Idempotency-Key was used for another request",
    "the same key came with another request within seven days",
    "take a new key for each new request; keep it for repeats alone",
)
NAMED_TWICE = problem_type(
    409,
    "named-twice",
    "One is named twice",
    "an id stands twice in a request that takes each once",
    "name each once",
)
DELIVERY_REPEATED = problem_type(
    409,
    "delivery-repeated",
    "This very delivery was taken before",
    "a signed delivery came a second time",
    "nothing is left to do: it is stored",
)
NOTHING_PUBLISHED = problem_type(
    409,
    "nothing-published",
    "Nothing is published yet",
    "no night has published, so that there is nothing to draw from",
    "run a night",
)
RUN_NOT_WAITING = problem_type(
    409,
    "run-not-waiting",
    "The run doesn't wait to be published",
    "the run was published, refused or taken the place of before",
    "list the runs that wait",
)
JUDGEMENT_UNFIT = problem_type(
    409,
    "judgement-unfit",
    "The judgement doesn't fit the sample",
    "`astray` names others, all of them, or some of one that isn't merged; or `decide` lacks whose they are",
    "look at the sample again and judge by that",
)
SEVERAL_PEOPLE = problem_type(
    409,
    "several-people",
    "Several people hold what is asked for",
    "a request for access by a value that several golden contacts hold",
    "look with `?preview=true`; name the golden id as well, or their source contacts in `only`",
)
ERASED_MEANWHILE = problem_type(
    409,
    "erased-meanwhile",
    "Somebody was erased meanwhile",
    "an erasure came while a request for access was answered",
    "send it again",
)
NO_ERASURE_KEY = problem_type(
    409,
    "no-erasure-key",
    "Nobody can be erased here",
    "no `privacy.erasure_key_env` (or `_file`) names a key, without which the erased would come back",
    "tell the operator",
)
MOMENT_PAST = problem_type(
    409,
    "moment-past",
    "That moment is past",
    "a token that would have expired before it was made",
    "give a moment to come, or none",
)
NOTHING_TO_ACCEPT = problem_type(
    409,
    "nothing-to-accept",
    "There is nothing to accept",
    "the source isn't held, or it is a file that was brought in by hand",
    "nothing is left to do; a file is imported again with `--accept`",
)
GONE = problem_type(
    410,
    "golden-contact-gone",
    "The golden contact is gone",
    "all its source contacts are gone; none took its place",
    "forget the id",
)
CURSOR_EXPIRED = problem_type(
    410,
    "cursor-expired",
    "Events after this cursor are kept no more",
    "the cursor is older than `privacy.events_kept`",
    "take a whole export and go on from the cursor that it prints",
)
TOO_MANY_ASKED = problem_type(
    422,
    "too-many-at-once",
    "More is asked at once than one request may",
    "a batch has more items than one request may have",
    "send it in parts",
)
TOO_LARGE = problem_type(
    413,
    "request-too-large",
    "The request is too large",
    "a body of over 1 MB",
    "send it in parts",
)
REQUEST_UNUSABLE = problem_type(
    422,
    "request-unusable",
    "The request can't be used as it is",
    "a parameter or a key is missing, unknown or of another form; `mistakes` says where",
    "mend what `mistakes` names, by /openapi.json",
)
PARAMETER_UNKNOWN = problem_type(
    422,
    "parameter-unknown",
    "A parameter isn't known here",
    "a query parameter that the route doesn't have",
    "use those that `detail` names",
)
INPUT_UNUSABLE = problem_type(
    422,
    "input-unusable",
    "What is given can't be used",
    "the request is well formed, and says something that can't be done",
    "mend what `detail` names",
)
TOO_MANY_REQUESTS = problem_type(
    429,
    "too-many-requests",
    "Too many requests",
    "a token's lookups of a minute are used up, or an address sent too many wrong tokens",
    "send it again after `Retry-After` seconds; `serve.lookups_a_minute` is the operator's",
)
SIGN_IN_REFUSED = problem_type(
    403,
    "sign-in-refused",
    "Nobody we trust confirms who you are",
    "headers came from an address that is no trusted proxy, or what the OpenID provider said isn't valid",
    "sign in again, through the proxy or at the provider; tell the operator",
)
MISCONFIGURED = problem_type(
    503,
    "misconfigured",
    "The configuration can't be used",
    "a secret's variable isn't set, or a key of the configuration is wrong; the log says which",
    "tell the operator",
)
BUSY = problem_type(
    503,
    "busy",
    "Another run holds the lock",
    "a night publishes, a walk stores, or more is told than can be stored now",
    "send it again after `Retry-After` seconds",
)
DATABASE_UNAVAILABLE = problem_type(
    503,
    "database-unavailable",
    "Postgres can't be reached",
    "Postgres is stopped, full, or lacks our tables",
    "send it again later; tell the operator",
)
INDEX_UNUSABLE = problem_type(
    503,
    "index-unusable",
    "The index of match keys can't be used",
    "there was no full night yet, or none since an upgrade",
    "send it again after the next full night",
)
