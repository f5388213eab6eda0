"""The earlier texts of comments: keep one at each edit, and delete those of a deleted account."""

from sqlalchemy import delete, func, insert, or_, select

from shared.comments.rules import MAX_VERSIONS, MAX_VERSIONS_BYTES
from shared.contract.comments.shapes import CommentShape
from shared.database.json_text import octets
from shared.ids import UserId
from shared.tables.comments import CommentRow, CommentVersionRow
from shared.unit_of_work import UnitOfWork


async def keep_version(work: UnitOfWork, comment: CommentShape) -> None:
    """Keep the present text of a comment that gets another, and delete the oldest beyond the limits."""
    is_of_comment = CommentVersionRow.comment_id == comment.id
    newest = select(func.coalesce(func.max(CommentVersionRow.number), 0)).where(is_of_comment)
    number = (await work.connection.scalar(newest) or 0) + 1
    await work.connection.execute(
        insert(CommentVersionRow).values(
            comment_id=comment.id,
            number=number,
            body=comment.body,
            written_at=comment.edited_at or comment.created_at,
        )
    )
    sizes = select(
        CommentVersionRow.number,
        func.sum(octets(CommentVersionRow.body))
        .over(order_by=CommentVersionRow.number.desc())
        .label("bytes"),
    ).where(is_of_comment)
    sized = sizes.subquery()
    too_large = select(sized.c.number).where(sized.c.bytes > MAX_VERSIONS_BYTES)
    await work.connection.execute(
        delete(CommentVersionRow).where(
            is_of_comment,
            or_(
                CommentVersionRow.number <= number - MAX_VERSIONS,
                CommentVersionRow.number.in_(too_large),
            ),
        )
    )


async def delete_versions_of_author(work: UnitOfWork, author_id: UserId) -> None:
    """Delete the earlier texts of an account that is deleted. Its comments stay, without its name."""
    own = select(CommentRow.id).where(CommentRow.author_id == author_id)
    await work.connection.execute(
        delete(CommentVersionRow).where(CommentVersionRow.comment_id.in_(own))
    )
