"""The SQL of the two hand-written servers, on Livelist's tables."""

# ruff: noqa: S608  composed of the constants of this module

# The same columns as Livelist's answer has, with the due date in its four columns and instants as
# Postgres writes them.
TODO_COLUMNS = """
    t.id, t.list_id, t.parent_id, t.title, t.description, t.status, t.priority, t.due_kind, t.due_date,
    t.due_local, t.due_zone, t.due_at, t.repeat, t.metadata, t.rank, t.comment_count,
    t.completed_at, t.completed_by, t.deleted_at, t.version, t.created_by, t.created_at,
    t.updated_at,
    ARRAY(SELECT a.user_id FROM todo_assignees a WHERE a.todo_id = t.id ORDER BY 1) AS assignees,
    ARRAY(SELECT l.label_id FROM todo_labels l WHERE l.todo_id = t.id ORDER BY 1) AS labels"""

# A live session of an active account that is a member of the list. Joined to every first statement.
MEMBER = """
    sessions se JOIN users u ON u.id = se.user_id JOIN members m ON m.user_id = u.id"""
IS_LIVE = "se.revoked_at IS NULL AND se.expires_at > now() AND u.status = 'active'"
MAY_WRITE = f"{IS_LIVE} AND m.role IN ('owner', 'editor')"

PAGE = f"""
    SELECT {TODO_COLUMNS} FROM todos t
    WHERE t.list_id = $2 AND t.deleted_at IS NULL ORDER BY t.rank, t.id LIMIT $3"""
COUNT = "SELECT count(*) FROM todos WHERE list_id = $2 AND deleted_at IS NULL"

# One statement: session, account and membership, the total, and the page as JSON.
PAGE_AS_JSON = f"""
    SELECT json_build_object(
        'items', (SELECT coalesce(json_agg(x), '[]') FROM ({PAGE}) x), 'total', ({COUNT}))::text
    FROM {MEMBER} WHERE se.id = $1 AND m.list_id = $2 AND {IS_LIVE}"""

SNAPSHOT_AS_JSON = f"""
    SELECT json_build_object(
        'stream', json_build_object('list_id', s.id, 'epoch', s.epoch, 'seq', s.head),
        'list', json_build_object(
            'id', li.id, 'name', li.name, 'colour', li.colour, 'is_inbox', li.inbox_of IS NOT NULL,
            'archived_at', li.archived_at, 'version', li.version, 'created_at', li.created_at,
            'updated_at', li.updated_at, 'role', m.role,
            'open_count', (
                SELECT count(*) FROM todos WHERE list_id = $2 AND deleted_at IS NULL
                    AND status IN ('pending', 'in_progress'))),
        'members', (
            SELECT json_agg(x) FROM (
                SELECT o.id, o.name, o.avatar_url, om.role, om.joined_at
                FROM members om JOIN users o ON o.id = om.user_id WHERE om.list_id = $2
                ORDER BY om.joined_at, o.id) x),
        'labels', (
            SELECT coalesce(json_agg(x), '[]') FROM (
                SELECT id, list_id, name, colour FROM labels WHERE list_id = $2 ORDER BY id) x),
        'todos', (SELECT coalesce(json_agg(x), '[]') FROM ({PAGE}) x))::text
    FROM {MEMBER} JOIN lists li ON li.id = m.list_id JOIN streams s ON s.id = li.id
    WHERE se.id = $1 AND m.list_id = $2 AND {IS_LIVE}"""

# The four statements of an edit, between BEGIN and COMMIT. The first takes the row lock.
LOCK_TODO = f"""
    SELECT t.list_id, s.head, u.id, u.name
    FROM {MEMBER} JOIN streams s ON s.id = m.list_id JOIN todos t ON t.list_id = m.list_id
    WHERE se.id = $1 AND t.id = $2 AND t.deleted_at IS NULL AND {MAY_WRITE} FOR UPDATE OF s"""
EDIT = """
    UPDATE todos SET title = $2::text, search_text = lower($2::text || E'\\n' || description),
        version = version + 1, updated_at = $3 WHERE id = $1"""
# As one statement with the UPDATE, so that there are four.
EDIT_AS_JSON = f"""
    WITH t AS ({EDIT} RETURNING *)
    SELECT row_to_json(x)::text FROM (SELECT {TODO_COLUMNS} FROM t) x"""
RECORD = "INSERT INTO events (stream_id, seq, event, at, frame) VALUES ($1, $2, $3, $4, $5)"
RAISE = "UPDATE streams SET head = $2 WHERE id = $1"

# A new todo: its lock, then the row, the event and the head as above.
LOCK_LIST = f"""
    SELECT s.head, u.id, u.name FROM {MEMBER} JOIN streams s ON s.id = m.list_id
    WHERE se.id = $1 AND s.id = $2 AND {MAY_WRITE} FOR UPDATE OF s"""
INSERT = """
    INSERT INTO todos (id, list_id, title, description, status, priority, metadata, rank, comment_count,
        search_text, version, created_by, created_at, updated_at)
    VALUES ($1, $2, $3::text, '', 'pending', 0, '{}', $4, 0, lower($3::text), 1, $5, $6, $6)"""
INSERT_AS_JSON = f"""
    WITH t AS ({INSERT} RETURNING *)
    SELECT row_to_json(x)::text FROM (SELECT {TODO_COLUMNS} FROM t) x"""

SAVE_ANSWER = """
    INSERT INTO idempotency_keys (user_id, key, request_hash, status, headers, body, created_at)
    VALUES ($1, $2, $3, 200, '{}', $4, $5)"""
SAVED_ANSWER = """
    SELECT body FROM idempotency_keys i JOIN sessions se ON se.user_id = i.user_id
    WHERE se.id = $1 AND i.key = $2 AND i.request_hash = $3"""

# The whole edit as one statement without a transaction around it.
EDIT_IN_ONE = f"""
    WITH locked AS ({LOCK_TODO}),
    t AS (
        UPDATE todos t SET title = $3::text, search_text = lower($3::text || E'\\n' || t.description),
            version = t.version + 1, updated_at = $4
        FROM locked WHERE t.id = $2 RETURNING t.*),
    edited AS (SELECT row_to_json(x) AS todo FROM (SELECT {TODO_COLUMNS} FROM t) x),
    raised AS (
        UPDATE streams s SET head = s.head + 1 FROM locked WHERE s.id = locked.list_id
        RETURNING s.id, s.head),
    recorded AS (
        INSERT INTO events (stream_id, seq, event, at, frame)
        SELECT raised.id, raised.head, 'todo.edited', $4, json_build_object(
            'type', 'event', 'list', raised.id, 'seq', raised.head, 'event', 'todo.edited',
            'at', $4::timestamptz, 'actor', json_build_object('id', locked.id, 'name', locked.name),
            'mutation', null, 'data', json_build_object('todo', edited.todo, 'changed', $5::text[])
        )::text
        FROM raised, edited, locked)
    SELECT todo::text FROM edited"""
