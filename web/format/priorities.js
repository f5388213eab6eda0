// What the priorities 0 to 5 are called. Pure.

export const PRIORITIES = ['No priority', 'Low', 'Normal', 'Medium', 'High', 'Urgent'];
