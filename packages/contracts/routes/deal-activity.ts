import * as z from 'zod/mini';
import { route } from '../core/route.ts';
import { listOf } from '../core/values.ts';
import { Deal } from '../resources/deal.ts';
import {
  CloneInput,
  LibraryDocument,
  LibraryInput,
  Note,
  NoteInput,
  StageStay,
  Task,
  TaskChange,
  TaskInput,
} from '../resources/deal-activity.ts';
import { filter, timeFilter } from './query.ts';

const created = ['Location', 'ETag'] as const;

/** Operations on what goes on around a deal: its end and copies, notes, documents, tasks, stages it was in. */
export const dealActivityRoutes = {
  deleteDeal: route({
    method: 'DELETE',
    path: '/v1/deals/{dealId}',
    access: 'deals',
    summary: 'Delete a deal with all that belongs to it; it leaves every counter',
    answer: { status: 204 },
  }),
  cloneDeal: route({
    method: 'POST',
    path: '/v1/deals/{dealId}/clone',
    access: 'deals',
    summary: 'Open a deal like this one in the first stage',
    body: { kind: 'json', schema: CloneInput, optional: true },
    answer: { status: 201, schema: Deal, headers: created },
  }),
  listDealHistory: route({
    method: 'GET',
    path: '/v1/deals/{dealId}/history',
    access: 'deals',
    summary: 'The stages a deal was in, oldest first',
    list: true,
    answer: { status: 200, schema: listOf(StageStay) },
  }),
  createNote: route({
    method: 'POST',
    path: '/v1/deals/{dealId}/notes',
    access: 'deals',
    summary: 'Comment on a deal',
    body: { kind: 'json', schema: NoteInput },
    answer: { status: 201, schema: Note, headers: created },
  }),
  listNotes: route({
    method: 'GET',
    path: '/v1/deals/{dealId}/notes',
    access: 'deals',
    summary: 'List the comments on a deal',
    list: true,
    answer: { status: 200, schema: listOf(Note) },
  }),
  getNote: route({
    method: 'GET',
    path: '/v1/deals/{dealId}/notes/{noteId}',
    access: 'deals',
    summary: 'Read a comment',
    answer: { status: 200, schema: Note, headers: ['ETag'] },
  }),
  createDocument: route({
    method: 'POST',
    path: '/v1/deals/{dealId}/documents',
    access: 'deals',
    summary: 'Add a document to the library of a deal',
    body: { kind: 'json', schema: LibraryInput },
    answer: { status: 201, schema: LibraryDocument, headers: created },
  }),
  listDocuments: route({
    method: 'GET',
    path: '/v1/deals/{dealId}/documents',
    access: 'deals',
    summary: 'List the library of a deal',
    list: true,
    answer: { status: 200, schema: listOf(LibraryDocument) },
  }),
  getDocument: route({
    method: 'GET',
    path: '/v1/deals/{dealId}/documents/{documentId}',
    access: 'deals',
    summary: 'Read an entry of the library',
    answer: { status: 200, schema: LibraryDocument, headers: ['ETag'] },
  }),
  createTask: route({
    method: 'POST',
    path: '/v1/deals/{dealId}/tasks',
    access: 'deals',
    summary: 'Plan a follow-up',
    body: { kind: 'json', schema: TaskInput },
    answer: { status: 201, schema: Task, headers: created },
  }),
  listDealTasks: route({
    method: 'GET',
    path: '/v1/deals/{dealId}/tasks',
    access: 'deals',
    summary: 'List the follow-ups of a deal',
    list: true,
    answer: { status: 200, schema: listOf(Task) },
  }),
  listTasks: route({
    method: 'GET',
    path: '/v1/tasks',
    access: 'deals',
    summary: 'List follow-ups of all deals',
    list: true,
    query: z.object({ assignee: filter(), dueBefore: timeFilter(), done: z.optional(z.enum(['true', 'false'])) }),
    answer: { status: 200, schema: listOf(Task) },
  }),
  getTask: route({
    method: 'GET',
    path: '/v1/tasks/{taskId}',
    access: 'deals',
    summary: 'Read a follow-up',
    answer: { status: 200, schema: Task, headers: ['ETag'] },
  }),
  updateTask: route({
    method: 'PATCH',
    path: '/v1/tasks/{taskId}',
    access: 'deals',
    summary: 'Change a follow-up, or say that it is done',
    body: { kind: 'merge-patch', schema: TaskChange },
    answer: { status: 200, schema: Task, headers: ['ETag'] },
  }),
};
